#pragma once
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

// libarchive converts names by the locale of the calling thread; in the C locale it warns about every name that is not
// ASCII and marks tar headers in a way that other programs complain about.

/// Makes UTF-8 the calling thread's character set. Returns what it was before, for `journeyman_restore_locale`, or 0.
static inline locale_t journeyman_use_utf8(void) {
  locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  return utf8 ? uselocale(utf8) : (locale_t)0;
}

static inline void journeyman_restore_locale(locale_t before) {
  if (!before) return;
  locale_t used = uselocale(before);
  if (used != LC_GLOBAL_LOCALE && used != before) freelocale(used);
}

// Macros with casts in them, which Swift does not see.
static const unsigned int journeyman_file_type = AE_IFREG;
static const unsigned int journeyman_directory_type = AE_IFDIR;
static const unsigned int journeyman_link_type = AE_IFLNK;
