#pragma once
#include <libxml/xmlversion.h>
// Debian's libxml2 shows ICU's types in a header, and Foundation has other ones of the same names. Nothing here uses them.
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
