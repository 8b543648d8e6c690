#include "look.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "collectors/base/text.h"
#include "config.h"

static bool ends_in_json(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static struct theme *from_folder(const char *name, struct strbuf *error)
{
	char *below = mem_format("themes/%s.json", name);
	char *file = config_path(below);
	struct theme *theme = NULL;

	if (file != NULL && access(file, F_OK) == 0)
		theme = theme_load(file, error);
	free(file);
	free(below);
	return theme;
}

struct theme *look_theme(const char *name, struct strbuf *error)
{
	struct theme *theme;

	if (strchr(name, '/') != NULL || ends_in_json(name))
		return theme_load(name, error);
	theme = theme_builtin(name);
	if (theme == NULL)
		theme = from_folder(name, error);
	if (theme != NULL || error->len > 0)
		return theme;
	strbuf_adds(error, "no theme ");
	text_clean(error, name, strlen(name), 0);
	strbuf_adds(error, "; there are");
	for (size_t i = 0; i < nbuiltin_themes; i++)
		strbuf_addf(error, " %s", builtin_themes[i].name);
	strbuf_adds(error, ", or give a file");
	return NULL;
}

struct theme *look_default(void)
{
	return theme_builtin(theme_default_name(getenv("COLORFGBG")));
}

void look_list(struct strbuf *out)
{
	char *folder = config_path("themes");
	DIR *dir = folder != NULL ? opendir(folder) : NULL;
	struct dirent *entry;

	for (size_t i = 0; i < nbuiltin_themes; i++)
		strbuf_addf(out, "%s\n", builtin_themes[i].name);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (ends_in_json(entry->d_name)) {
			text_clean(out, entry->d_name, strlen(entry->d_name) - 5, 0);
			strbuf_addc(out, '\n');
		}
	if (dir != NULL)
		closedir(dir);
	free(folder);
}
