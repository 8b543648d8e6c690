/*
 * What the rows of the command table run. Each takes the app and, after `:`, the word behind the
 * command's name; NULL for a key.
 */
#ifndef PGTOP_COMMANDS_RUN_H
#define PGTOP_COMMANDS_RUN_H

#include "app.h"

/* commands_move.c: about in the rows of a pane, or the lines of a view */
void run_down(struct app *app, const char *argument);
void run_up(struct app *app, const char *argument);
void run_page_down(struct app *app, const char *argument);
void run_page_up(struct app *app, const char *argument);
void run_half_down(struct app *app, const char *argument);
void run_half_up(struct app *app, const char *argument);
void run_first(struct app *app, const char *argument);
void run_last(struct app *app, const char *argument);
void run_left(struct app *app, const char *argument);
void run_right(struct app *app, const char *argument);
void run_fold(struct app *app, const char *argument);
void run_unfold(struct app *app, const char *argument);

/* commands_go.c: to other places */
void run_pane(struct app *app, const char *argument);
void run_next_pane(struct app *app, const char *argument);
void run_previous_pane(struct app *app, const char *argument);
void run_enter(struct app *app, const char *argument);
void run_back(struct app *app, const char *argument);
void run_owner(struct app *app, const char *argument);
void run_rights(struct app *app, const char *argument);
void run_help(struct app *app, const char *argument);
void run_prompt(struct app *app, const char *argument);
void run_quit(struct app *app, const char *argument);
void run_suspend(struct app *app, const char *argument);

/* commands_find.c: search, filter, sort */
void run_search(struct app *app, const char *argument);
void run_next_match(struct app *app, const char *argument);
void run_previous_match(struct app *app, const char *argument);
void run_filter(struct app *app, const char *argument);
void run_sort_left(struct app *app, const char *argument);
void run_sort_right(struct app *app, const char *argument);
void run_invert(struct app *app, const char *argument);
void run_all(struct app *app, const char *argument);

/* commands_look.c: how and how often */
void run_pause(struct app *app, const char *argument);
void run_longer(struct app *app, const char *argument);
void run_shorter(struct app *app, const char *argument);
void run_interval(struct app *app, const char *argument);
void run_window(struct app *app, const char *argument);
void run_wrap(struct app *app, const char *argument);
void run_preview(struct app *app, const char *argument);
void run_theme(struct app *app, const char *argument);
void run_refresh(struct app *app, const char *argument);
void run_redraw(struct app *app, const char *argument);

/* commands_copy.c: puts text where the user can paste it from, and says where that is */
void run_copy(struct app *app, const char *argument);

/* What there is to copy here and now, a new string; NULL: nothing. */
char *copy_find(struct app *app);

/* Whether there is a row in hand, of the details or of the pane, that did not end; a line that stands for several is one. */
bool row_is_there(struct app *app);

/* Whether a row of the pane in hand holds what is searched for. */
bool find_row_matches(struct app *app, const struct row_ref *row, const char *needle);

/*
 * Puts the selection on the next row that holds it, from `from` on in steps of `step`, round the
 * end. Gives false if none does.
 */
bool find_move(struct app *app, const char *needle, long from, int step);

#endif
