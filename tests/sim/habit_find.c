/* SPDX-License-Identifier: MIT */
/* Habits of all tables, by name or by weight. */
#include <string.h>

#include "chance.h"
#include "habit.h"
#include "violation.h"

static const struct habit *find_in(const struct habit *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

const struct habit *habit_find(const char *name)
{
	const struct habit *habit = find_in(habits, habit_count, name);

	if (!habit)
		habit = find_in(habit_faults, habit_fault_count, name);
	VIOLATION_IF(!habit, "no pool has the habit \"%s\"", name);
	return habit;
}

const struct habit *habit_find_node(const char *name)
{
	const struct habit *habit = find_in(node_habits, node_habit_count, name);

	if (!habit)
		habit = find_in(node_faults, node_fault_count, name);
	VIOLATION_IF(!habit, "no node has the habit \"%s\"", name);
	return habit;
}

const struct habit *habit_any(const struct habit *table, size_t n)
{
	uint64_t sum = 0, chosen;

	for (size_t i = 0; i < n; i++)
		sum += table[i].weight;
	chosen = chance_below(sum);
	for (size_t i = 0;; i++) {
		if (chosen < table[i].weight)
			return &table[i];
		chosen -= table[i].weight;
	}
}
