/* The files of the state directory (statefile.h), on a disk that outlives the process. */
#include "deputy_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../sentinel/galera/measure.h"
#include "world.h"

static struct disk_file *find_file(const char *name)
{
	struct disk_file *files = deputy_running->disk.files;

	for (unsigned i = 0; i < DISK_FILES; i++)
		if (strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

enum statefile_found statefile_read(
	const struct statefile *file, char text[STATEFILE_SIZE], char error[STATEFILE_ERROR_SIZE])
{
	const struct disk_file *found = find_file(file->name);

	error[0] = '\0';
	if (!found)
		return STATEFILE_NONE;
	snprintf(text, STATEFILE_SIZE, "%s", found->text);
	return STATEFILE_FOUND;
}

bool statefile_write(const struct statefile *file, const char *text, char error[STATEFILE_ERROR_SIZE])
{
	struct disk_file *found = find_file(file->name);

	if (deputy_running->disk.full) {
		snprintf(
			error, STATEFILE_ERROR_SIZE, "the record cannot be written: No space left on device");
		return false;
	}
	if (!found)
		found = find_file("");
	if (!found)
		abort();
	snprintf(found->name, sizeof found->name, "%s", file->name);
	snprintf(found->text, sizeof found->text, "%s", text);
	return true;
}

/* A file can be removed from a disk that is full. */
bool statefile_remove(const struct statefile *file, char error[STATEFILE_ERROR_SIZE])
{
	struct disk_file *found = find_file(file->name);

	error[0] = '\0';
	if (found)
		*found = (struct disk_file){ "", "" };
	return true;
}

void statefile_damaged(const struct statefile *file, char error[STATEFILE_ERROR_SIZE])
{
	snprintf(error, STATEFILE_ERROR_SIZE, "the record %s is damaged", file->name);
}

bool disk_has_record(const struct disk *disk)
{
	for (unsigned i = 0; i < DISK_FILES; i++)
		if (strcmp(disk->files[i].name, desync_measure.record) == 0 ||
			strcmp(disk->files[i].name, fence_measure.record) == 0)
			return true;
	return false;
}

bool disk_gives_back(const struct disk *disk)
{
	for (unsigned i = 0; i < DISK_FILES; i++)
		if (strcmp(disk->files[i].name, desync_measure.record) == 0 &&
			strstr(disk->files[i].text, "\nphase clearing\n"))
			return true;
	return false;
}
