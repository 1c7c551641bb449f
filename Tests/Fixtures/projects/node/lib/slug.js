'use strict';

/** A text as part of a URL: lower case, words joined by hyphens. */
module.exports = (text) =>
  text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
