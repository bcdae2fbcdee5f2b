/* What every unit test starts with. */
#ifndef TESTS_UNIT_STORY_H
#define TESTS_UNIT_STORY_H

/* cmocka.h wants these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
