import { createContext, type RefObject } from "react";

/** The element that scrolls a page: what is long shows only its part that can be seen. */
export const Scroller = createContext<RefObject<HTMLDivElement | null>>({ current: null });
