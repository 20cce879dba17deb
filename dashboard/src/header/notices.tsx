/** What has to be known before the numbers are read. */

import { useScope } from "../overview/scope";

export function Notices() {
  const { site, view } = useScope();
  const development = site.development || site.floor === 1 || site.admission === 1;
  return (
    <>
      {development && (
        <p className="notice" role="note">
          <strong>Development settings.</strong> {loosened(site.floor, site.admission)} Do not use this site with real
          visitors until both are at least 5.
        </p>
      )}
      {view.newer !== undefined && (
        <p className="notice" role="note">
          <strong>This link is newer than this server.</strong> What is understood of it is shown; filters or dates may be
          missing.
        </p>
      )}
    </>
  );
}

function loosened(floor: number, admission: number): string {
  if (floor === 1 && admission === 1) return "Groups of one person are shown, and words of one person are kept.";
  if (floor === 1) return "Groups of one person are shown.";
  if (admission === 1) return "Words that only one person used are kept.";
  return "Protection of small groups is reduced.";
}
