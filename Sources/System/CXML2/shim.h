#pragma once
#include <libxml/xmlversion.h>
// Debian's libxml2 shows ICU's types in a header, and Foundation has other ones of the same names. Nothing here uses them.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/HTMLparser.h>
#include <libxml/xmlerror.h>
#include <stdlib.h>

// The loaded library's version, such as 20914; a mutable global variable, which Swift does not let one read.
static inline int journeyman_libxml2_version(void) { return atoi(xmlParserVersion); }
