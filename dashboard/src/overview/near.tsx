/** What is only made when it comes near the part of the page that is seen. */

import { type ReactNode, useEffect, useRef, useState } from "react";

export function Near({ children, placeholder }: { children: ReactNode; placeholder: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (!place.current) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNear(true), { rootMargin: "200px" });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  return near ? children : <div ref={place} className={placeholder} aria-busy="true" />;
}
