'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { version } = require('../package.json');

const target = process.argv[2];
fs.mkdirSync(path.join(target, 'meta'), { recursive: true });
fs.writeFileSync(path.join(target, '.stamp'), 'left out of the artifact\n');
fs.copyFileSync(path.join(__dirname, '../lib/slug.js'), path.join(target, 'slug.js'));
fs.writeFileSync(path.join(target, 'meta/version.json'), JSON.stringify({ version }) + '\n');
