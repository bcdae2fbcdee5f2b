/* The dashboard: one page with everything in it, put together from the files beside this one when it is built. */
#ifndef SENTINEL_PAGE_PAGE_H
#define SENTINEL_PAGE_PAGE_H

extern const char page_html[];

/* Its Content-Security-Policy, which allows just the style and the script that are in it, by their digests. */
extern const char page_policy[];

#endif
