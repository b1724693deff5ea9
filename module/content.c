// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an area shows of a file: which bytes go where, and reading them.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/overflow.h>

#include "content.h"

/* The file. */

/* Others kernel_read() would refuse, or they have no contents to come back to. */
static int check_file(const struct file *file)
{
	if (!S_ISREG(file_inode(file)->i_mode) || !file->f_op->read_iter || file->f_op->read)
		return -EINVAL;
	return file->f_mode & FMODE_READ ? 0 : -EACCES;
}

static struct file *get_file_of(int fd)
{
	struct file *file = fget(fd);
	int err;

	if (!file)
		return ERR_PTR(-EBADF);
	err = check_file(file);
	if (!err)
		return file;
	fput(file);
	return ERR_PTR(err);
}

/* Segments. */

/* Begins at or after @from, ends within @length, and so does what it shows. */
static bool segment_fits(const struct physvm_segment *segment, u64 from, u64 length)
{
	u64 end, file_end;

	return segment->length && segment->offset >= from &&
	       !check_add_overflow(segment->offset, segment->length, &end) &&
	       end <= length &&
	       !check_add_overflow(segment->file_offset, segment->length, &file_end) &&
	       file_end <= LLONG_MAX;
}

static bool segments_fit(const struct physvm_segment *segments, unsigned int count,
			 u64 length)
{
	u64 from = 0;

	for (; count; count--, segments++) {
		if (!segment_fits(segments, from, length))
			return false;
		from = segments->offset + segments->length;
	}
	return true;
}

/* All of the area, from the beginning of the file, where no segments are given. */
static struct physvm_content *make(const struct physvm_alloc *args,
				   const struct physvm_segment *segments)
{
	const struct physvm_segment all = { .length = args->length };
	const unsigned int count = segments ? args->nr_segments : 1;
	struct physvm_content *content;

	if (!segments)
		segments = &all;
	if (!segments_fit(segments, count, args->length))
		return ERR_PTR(-EINVAL);
	content = kvzalloc(struct_size(content, segments, count), GFP_KERNEL_ACCOUNT);
	if (!content)
		return ERR_PTR(-ENOMEM);
	spin_lock_init(&content->lock);
	INIT_LIST_HEAD(&content->fills);
	INIT_LIST_HEAD(&content->failed);
	content->nr_segments = count;
	memcpy(content->segments, segments, count * sizeof(*segments));
	return content;
}

/**
 * content_get() - Have an area filled from a file
 * @args: checked
 * @segments: a copy of the user's, or NULL
 *
 * Return: the content, or an error pointer: EBADF, EINVAL, EACCES, ENOMEM.
 */
struct physvm_content *content_get(const struct physvm_alloc *args,
				   const struct physvm_segment *segments)
{
	struct physvm_content *content = make(args, segments);
	struct file *file;

	if (IS_ERR(content))
		return content;
	file = get_file_of(args->source_fd);
	if (IS_ERR(file)) {
		kvfree(content);
		return ERR_CAST(file);
	}
	content->file = file;
	return content;
}

/* With the area: nothing is being read any more. */
void content_put(struct physvm_content *content)
{
	struct physvm_fill *fill, *next;

	list_for_each_entry_safe(fill, next, &content->failed, entry)
		fill_put(fill);
	fput(content->file);
	kvfree(content);
}

/* Reading. */

/* Bytes [start, end) of the area that one segment puts into one page. */
struct part {
	u64 start;
	u64 end;
	loff_t file_pos;
};

/* The first segment that ends after @pos. */
static unsigned int find_segment(const struct physvm_content *content, u64 pos)
{
	unsigned int low = 0, high = content->nr_segments;

	while (low < high) {
		const unsigned int mid = low + (high - low) / 2;
		const struct physvm_segment *segment = &content->segments[mid];

		if (segment->offset + segment->length > pos)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

static bool get_part(const struct physvm_content *content, unsigned int index, u64 pos,
		     struct part *part)
{
	const struct physvm_segment *segment = &content->segments[index];

	if (index >= content->nr_segments || segment->offset >= pos + PAGE_SIZE)
		return false;
	part->start = max(pos, segment->offset);
	part->end = min(pos + PAGE_SIZE, segment->offset + segment->length);
	part->file_pos = segment->file_offset + part->start - segment->offset;
	return true;
}

/* Does the file end before all that @page shows of it? It may change at once. */
bool content_ends_before(const struct physvm_content *content, unsigned long page)
{
	const u64 pos = (u64)page << PAGE_SHIFT;
	const loff_t size = i_size_read(file_inode(content->file));
	unsigned int i = find_segment(content, pos);
	struct part part;
	bool any = false;

	for (; get_part(content, i, pos, &part); i++, any = true)
		if (part.file_pos < size)
			return false;
	return any;
}

/* Up to the end of the file. How much it was, or an error. */
static ssize_t read_part(struct file *file, const struct part *part, void *to)
{
	const size_t length = part->end - part->start;
	loff_t pos = part->file_pos;
	size_t done = 0;
	ssize_t got;

	while (done < length) {
		got = kernel_read(file, to + done, length - done, &pos);
		if (got < 0)
			return got;
		if (!got)
			break;
		done += got;
	}
	memset(to + done, 0, length - done);
	return done;
}

/**
 * content_read() - Read one page
 * @content: the content; no lock is held
 * @page: of the area
 * @to: where to, zero so far
 *
 * Return: 0; ENXIO where the file ends before it; or what the file says.
 */
int content_read(const struct physvm_content *content, unsigned long page, void *to)
{
	const u64 pos = (u64)page << PAGE_SHIFT;
	unsigned int i = find_segment(content, pos);
	ssize_t got, total = 0;
	struct part part;
	bool any = false;

	for (; get_part(content, i, pos, &part); i++, any = true) {
		got = read_part(content->file, &part, to + (part.start - pos));
		if (got < 0)
			return got;
		total += got;
	}
	return any && !total ? -ENXIO : 0;
}

/**
 * content_forget() - Have nothing more come of what was read until now
 * @content: of an area whose pages are locked
 * @page: the first
 * @count: how many
 */
void content_forget(struct physvm_content *content, unsigned long page,
		    unsigned long count)
{
	struct physvm_fill *fill;

	spin_lock(&content->lock);
	list_for_each_entry(fill, &content->fills, entry)
		if (fill->first < page + count && page < fill->first + fill->count)
			fill->stale = true;
	spin_unlock(&content->lock);
}
