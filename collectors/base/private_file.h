/*
 * Files of our own: for the user alone (0600, in directories 0700), replaced as a whole.
 */
#ifndef PGTOP_PRIVATE_FILE_H
#define PGTOP_PRIVATE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Creates a directory and those above it, for the user alone. What is there stays as it is. False: errno. */
bool private_directory_make(const char *path);

/*
 * Why nothing of ours may be left in this directory, a sentence's end (`belongs to another user`); NULL: it may, or the directory is not there
 * yet. With another user's rights (sudo) files would be left in it that its owner cannot read.
 */
const char *private_directory_refused(const char *path);

/* Writes all of it, whatever interrupts. False: errno. */
bool private_file_write(int fd, const char *text, size_t len);

/*
 * Puts a new file in the place of the one with this path, so that whoever reads it finds the old or the new one, whole. It is not forced to the
 * disk: that waits for whatever else is written there, for seconds under load, and this is called between two keystrokes. A crash of the machine
 * may cost what was written last, which the next look brings again. False: errno, and the old one is still there.
 */
bool private_file_replace(const char *path, const char *text, size_t len);

/* Where our own state lies, $XDG_STATE_HOME/pgtop-prod, else ~/.local/state/pgtop-prod; a new string, NULL when neither variable says where. */
char *private_state_directory(void);

#endif
