'use strict';

const assert = require('node:assert');
const test = require('node:test');
const slug = require('../lib/slug.js');

test('joins words by hyphens', () => assert.strictEqual(slug('Hello, World'), 'hello-world'));
test('drops hyphens at the ends', () => assert.strictEqual(slug('  a  '), 'a'));
test('keeps digits', async () => assert.strictEqual(slug('Version 1.2'), 'version-1-2'));
