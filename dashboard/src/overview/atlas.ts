/** The outlines of countries, loaded when the map comes into sight. */

import { geoEqualEarth, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import address from "world-atlas/countries-110m.json?url";

/** ISO 3166-1 numbers, as the atlas has them, with the letters of the same country. */
const CODES =
  "242FJ834TZ732EH124CA840US398KZ860UZ598PG360ID032AR152CL180CD706SO404KE729SD148TD332HT214DO643RU044BS238FK578NO304GL260TF626TL710ZA426LS484MX858UY076BR068BO604PE170CO591PA188CR558NI340HN222SV320GT084BZ862VE328GY740SR250FR218EC630PR388JM192CU716ZW072BW516NA686SN466ML478MR204BJ562NE566NG120CM768TG288GH384CI324GN624GW430LR694SL854BF140CF178CG266GA226GQ894ZM454MW508MZ748SZ024AO108BI376IL422LB450MG275PS270GM788TN012DZ400JO784AE634QA414KW368IQ512OM548VU116KH764TH418LA104MM704VN408KP410KR496MN356IN050BD064BT524NP586PK004AF762TJ417KG795TM364IR760SY051AM752SE112BY804UA616PL040AT348HU498MD642RO440LT428LV233EE276DE100BG300GR792TR008AL191HR756CH442LU056BE528NL620PT724ES372IE540NC090SB554NZ036AU144LK156CN158TW380IT208DK826GB352IS031AZ268GE608PH458MY096BN705SI246FI703SK203CZ232ER392JP600PY887YE682SA010AQ196CY504MA818EG434LY231ET262DJ800UG646RW070BA807MK688RS499ME780TT728SS";

export interface Country {
  code: string;
  path: string;
}

export const WIDTH = 960;
export const HEIGHT = 440;

function letters(): Map<string, string> {
  const table = new Map<string, string>();
  for (let at = 0; at < CODES.length; at += 5) table.set(CODES.slice(at, at + 3), CODES.slice(at + 3, at + 5));
  return table;
}

export async function countries(): Promise<Country[]> {
  const response = await fetch(address);
  if (!response.ok) throw new Error("the outlines of countries could not be loaded");
  const world = (await response.json()) as Topology<{ countries: GeometryCollection }>;
  const codes = letters();
  // Nobody lives in Antarctica, and without it everybody else has more room.
  const shapes = feature(world, world.objects.countries).features.filter((shape) => shape.id !== "010");
  const projection = geoEqualEarth().fitSize([WIDTH, HEIGHT], { type: "FeatureCollection", features: shapes });
  const path = geoPath(projection).digits(1);
  return shapes.map((shape) => ({ code: codes.get(String(shape.id)) ?? "", path: path(shape) ?? "" }));
}
