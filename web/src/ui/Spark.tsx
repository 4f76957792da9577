import { points } from "./spark";

type Props = { values: readonly number[]; label: string; width?: number; height?: number };

/** How something went, small: a line with its last point marked. */
export function Spark({ values, label, width = 80, height = 24 }: Props) {
  if (values.length < 2) return null;
  const line = points(values, width, height, 3);
  const path = line.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const [endX, endY] = line[line.length - 1] as [number, number];
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      <polygon points={`3,${height} ${path} ${endX},${height}`} fill="var(--in)" opacity="0.09" />
      <polyline
        points={path}
        fill="none"
        stroke="var(--in)"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
      <circle cx={endX} cy={endY} r="2" fill="var(--in)" />
    </svg>
  );
}
