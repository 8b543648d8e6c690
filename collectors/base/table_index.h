/*
 * Rows found by their key. A table made by table_keep() has an index of its keys, so that ten
 * thousand rows find themselves in the sample before within one slice of work; any change of rows
 * or keys through table.h drops it, and rows are then searched one by one.
 */
#ifndef PGTOP_TABLE_INDEX_H
#define PGTOP_TABLE_INDEX_H

#include "table.h"

void table_index_build(struct table *t);
void table_index_drop(struct table *t);

#endif
