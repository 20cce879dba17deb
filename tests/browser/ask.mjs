// Questions to the server, as programs ask them.

import { request } from 'node:https';

/** Sends a request to the server, whose certificate nobody signed. */
export function call(server, method, path, { body, headers = {} } = {}) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, method, path, rejectUnauthorized: false };
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request({ ...options, headers: { ...json, ...headers } }, (response) => {
      const pieces = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString() });
      });
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** Rows of an answer of the Stats API: dimensions, then metrics. */
export async function query(server, site, metrics, dimensions = [], more = {}) {
  const body = { site_id: site, date_range: 'day', metrics, dimensions, ...more };
  const answer = await call(server, 'POST', '/api/v2/query', {
    body,
    headers: { authorization: `Bearer ${server.token}` },
  });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body} for ${JSON.stringify(body)}`);
  return JSON.parse(answer.body).results.map((row) => [...row.dimensions, ...row.metrics]);
}

/** The totals of a site, once they say `events` events or after a minute. */
export async function totals(server, site, metrics, events) {
  let found;
  for (let tries = 0; tries < 300; tries++) {
    [found] = await query(server, site, metrics);
    if (found[metrics.indexOf('events')] >= events) break;
    await new Promise((later) => setTimeout(later, 200));
  }
  return Object.fromEntries(metrics.map((metric, at) => [metric, found[at]]));
}
