#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collectors/base/memory.h"
#include "collectors/base/private_file.h"
#include "collectors/base/sql.h"
#include "collectors/base/text.h"
#include "commands_run.h"
#include "commands_views.h"
#include "tui/panes/details.h"

/* Of a copied text that are said. */
enum { BEGINNING_BYTES = 400 };

/*
 * A file of its own for each copy, named by the second; nothing that is there is written over or
 * followed.
 */
static int create_file(const char *directory, int64_t wall_us, char **path)
{
	time_t seconds = (time_t)(wall_us / SECOND_US);
	struct tm tm;
	char stamp[32];
	int fd = -1;

	localtime_r(&seconds, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &tm);
	for (int i = 0; i < 100 && fd < 0; i++) {
		*path = i ? mem_format("%s/copy-%s-%d.sql", directory, stamp, i) : mem_format("%s/copy-%s.sql", directory, stamp);
		fd = open(*path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			break;
		free(*path);
		*path = NULL;
	}
	return fd;
}

static void copy_to_file(struct app *app, const char *text, const char *beginning)
{
	char *directory = private_state_directory(), *path = NULL;
	bool written = false;
	int fd = -1;

	if (!directory) {
		app_say(app, MESSAGE_ERROR, "nothing was copied: the terminal cannot, and neither XDG_STATE_HOME nor HOME is set");
		return;
	}
	errno = 0;
	if (private_directory_make(directory))
		fd = create_file(directory, app->now.wall_us, &path);
	if (fd >= 0) {
		written = private_file_write(fd, text, strlen(text)) && private_file_write(fd, "\n", 1);
		written = !close(fd) && written;
	}
	if (written)
		app_say(app, MESSAGE_DONE, "Copied to %s%s", path, beginning);
	else
		app_say(app, MESSAGE_ERROR, "nothing was copied: %s: %s", path ? path : directory, strerror(errno));
	free(path);
	free(directory);
}

/* Who pastes blindly what was never on the screen should know how it begins, and where it may not be what the server has. */
static void add_beginning(struct strbuf *out, const char *text)
{
	if (sql_is_exact(text)) {
		strbuf_adds(out, ": ");
		text_one_line(out, text, BEGINNING_BYTES);
	} else {
		strbuf_adds(out, "; \\x, \\u or <U+ in it may stand for another character");
	}
}

static void copy_text(struct app *app, const char *text)
{
	struct strbuf beginning = STRBUF_INIT;
	char size[UNITS_SIZE];

	add_beginning(&beginning, text);
	if (app->terminal->copy(app->terminal, text))
		app_say(app, MESSAGE_DONE, "Copied %s through the terminal%s", units_size(size, (double)strlen(text)), beginning.text);
	else
		copy_to_file(app, text, beginning.text);
	strbuf_free(&beginning);
}

/* In the pane the lines it shows for copying come first: that is what `y copies` stands beside. */
static char *text_of_pane(struct app *app, const struct scene *scene)
{
	const struct collection *c = pane_collection(scene, app->pane);
	const struct row_list *list = app_rows(app);
	long row = view_selected_row(app_view(app, app->pane), list);
	char *hidden;

	if (c && c->state == COLLECTION_UNAVAILABLE && c->remedy)
		return mem_string(c->remedy);
	hidden = c ? pane_hidden_remedy(scene, c) : NULL;
	if (hidden || row < 0 || list->rows[row].row < 0)
		return hidden;
	return details_text(scene, app->pane, row_key(list, (size_t)row));
}

char *copy_find(struct app *app)
{
	struct scene scene = app_scene(app);
	const struct layer *layer = app_layer(app);

	if (!layer)
		return text_of_pane(app, &scene);
	return view_kind(layer)->text ? view_kind(layer)->text(&scene, layer) : NULL;
}

void run_copy(struct app *app, const char *argument)
{
	const struct layer *layer = app_layer(app);
	char *text = copy_find(app);

	(void)argument;
	if (text)
		copy_text(app, text);
	else
		app_say(app, MESSAGE_NOTE, "%s", layer ? view_kind(layer)->no_text : "there is no statement here to copy");
	free(text);
}
