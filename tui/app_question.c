#include <stdlib.h>

#include "app.h"
#include "collectors/base/memory.h"
#include "prompt.h"

/* A question is asked on nothing smaller: the screens are made for this size. */
enum { LEAST_HEIGHT = 24, LEAST_WIDTH = 80 };

/* Keys taken from the terminal at once; who pasted more waits for the next turn. */
enum { DISCARD_MOST = 4096 };

static bool is_whole(const struct app *app, const struct question *q)
{
	const struct layout *l = &app->layout;

	if (question_is_refused(q))
		return true;
	return l->height >= LEAST_HEIGHT && l->width >= LEAST_WIDTH && question_fits(q, l->body.height, l->body.width);
}

static void say_not_whole(struct app *app, const char *act)
{
	const struct layout *l = &app->layout;

	if (l->height < LEAST_HEIGHT || l->width < LEAST_WIDTH)
		app_say(app, MESSAGE_ERROR, "%s: its question needs %dx%d, this is %dx%d; nothing was done", act, LEAST_WIDTH,
			LEAST_HEIGHT, l->width, l->height);
	else
		app_say(app, MESSAGE_ERROR, "%s: its question does not fit %dx%d whole; nothing was done", act, l->width, l->height);
}

/* The question in hand, NULL if none is. */
static struct question *in_hand(const struct app *app)
{
	return app->nlayers ? app->layers[app->nlayers - 1].question : NULL;
}

static void leave_cut(struct app *app)
{
	char *act = mem_string(question_act(in_hand(app)));

	app_close_layer(app);
	say_not_whole(app, act);
	free(act);
}

bool app_ask(struct app *app, struct question *take_question)
{
	app_open_layer(app, LAYER_QUESTION, NULL, NULL);
	app_layer(app)->question = take_question;
	/* without a preview, which a view has none of */
	app_resized(app);
	if (!is_whole(app, take_question)) {
		leave_cut(app);
		return false;
	}
	if (!question_is_refused(take_question))
		prompt_open(app, PROMPT_ANSWER);
	return true;
}

void app_answer(struct app *app, const char *typed)
{
	struct question *q = in_hand(app);

	if (!q || !question_is_name(q, typed))
		return;
	/* who is told may open a view of his own: ours is gone by then */
	app_layer(app)->question = NULL;
	app_close_layer(app);
	question_agree(q);
	question_free(q);
}

void app_question_before_draw(struct app *app)
{
	struct question *q = in_hand(app);

	if (q && !is_whole(app, q))
		leave_cut(app);
}

void app_question_drawn(struct app *app)
{
	struct layer *layer = app_layer(app);

	if (!layer || !layer->question || layer->armed)
		return;
	for (int i = 0; i < DISCARD_MOST; i++) {
		int32_t key = app->terminal->read_key(app->terminal);

		app->quit |= key == KEY_CLOSED;
		if (key == KEY_NONE || key == KEY_CLOSED) {
			layer->armed = true;
			return;
		}
	}
	app->changed = true;
}

bool app_question_is_deaf(const struct app *app)
{
	return in_hand(app) && !app->layers[app->nlayers - 1].armed;
}
