/** Further signs, for editors. */

const Sign = ({ d }: { d: string }) => (
  <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
    <path d={d} />
  </svg>
);

export const Up = () => <Sign d="m3 10 5-5 5 5" />;
export const Down = () => <Sign d="m3 6 5 5 5-5" />;
