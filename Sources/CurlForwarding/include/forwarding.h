#pragma once

/// Whether libcurl can be loaded, which the first call of one of its functions does.
int journeyman_has_curl(void);
