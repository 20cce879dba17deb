/** The closed eye and the name. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path
        d="M1.5 5.5c1.6 2.7 3.9 4 6.5 4s4.9-1.3 6.5-4M8 9.7v3.1M3.9 8.4l-1.6 2.5M12.1 8.4l1.6 2.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="wordmark">
      <Mark />
      <span>Outis</span>
    </span>
  );
}
