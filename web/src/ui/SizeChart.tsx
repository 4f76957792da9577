import { useComputedColorScheme } from "@mantine/core";
import { BarChart, LineChart } from "echarts/charts";
import {
  GridComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
} from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { number, plainDay, shortDay, signed } from "./format";
import styles from "./SizeChart.module.css";
import { colours } from "./tokens";

use([
  BarChart,
  LineChart,
  GridComponent,
  MarkLineComponent,
  MarkPointComponent,
  TooltipComponent,
  CanvasRenderer,
]);

export type ChartPoint = { day: string; count: number; joined: number; left: number };
export type ChartMark = { day: string; text: string };

type Props = {
  points: readonly ChartPoint[];
  marks: readonly ChartMark[];
  /** The name of the line, of what is above and of what is below the second axis. */
  names: readonly [string, string, string];
  label: string;
};

/** A line of sizes, and below it on the same days who came and who went. */
export default function SizeChart({ points, marks, names, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme("light");

  useEffect(() => {
    const box = place.current;
    if (!box) return;
    const chart = init(box);
    chart.setOption(option(points, marks, names, scheme, box.clientWidth));
    const watch = new ResizeObserver(() => {
      chart.resize();
      chart.setOption(option(points, marks, names, scheme, box.clientWidth));
    });
    watch.observe(box);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [points, marks, names, scheme]);

  return <div ref={place} className={styles.chart} role="img" aria-label={label} />;
}

function option(
  points: Props["points"],
  marks: Props["marks"],
  names: Props["names"],
  scheme: "light" | "dark",
  width: number,
): EChartsCoreOption {
  const all = colours(scheme);
  const of = (name: string) => all[`--${name}`] ?? "";
  const days = points.map(({ day }) => day);
  const last = points[points.length - 1];
  const most = points.reduce(
    (high, point) => (point.count >= high.count ? point : high),
    points[0] as ChartPoint,
  );
  const text = { color: of("ink-3"), fontFamily: "Inter Variable", fontSize: 12 };
  const axis = {
    type: "category",
    data: days,
    boundaryGap: true,
    axisTick: { show: false },
    axisLine: { lineStyle: { color: of("line-2") } },
  };
  const right = width < 480 ? 44 : 56;
  const said = marks.filter(({ day }) => days.includes(day));
  const animation = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation,
    animationDuration: 180,
    grid: [
      { left: 8, right, top: 26, height: 150 },
      { left: 8, right, top: 194, height: 56 },
    ],
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    tooltip: {
      trigger: "axis",
      backgroundColor: of("sheet"),
      borderColor: of("line-2"),
      textStyle: { color: of("ink"), fontFamily: "Inter Variable", fontSize: 12 },
      formatter: (shown: { dataIndex: number }[]) => tip(points[shown[0]?.dataIndex ?? 0], names),
    },
    xAxis: [
      { ...axis, gridIndex: 0, axisLabel: { show: false }, axisLine: { show: false } },
      {
        ...axis,
        gridIndex: 1,
        axisLine: { show: false },
        axisLabel: {
          ...text,
          margin: 10,
          hideOverlap: true,
          formatter: shortDay,
          interval: "auto",
        },
      },
    ],
    yAxis: [
      {
        gridIndex: 0,
        position: "right",
        splitNumber: 3,
        minInterval: 1,
        axisLabel: { ...text, formatter: number },
        splitLine: { lineStyle: { color: of("line") } },
      },
      {
        gridIndex: 1,
        position: "right",
        splitNumber: 2,
        axisLabel: { show: false },
        splitLine: { show: false },
      },
    ],
    series: [
      {
        name: names[0],
        type: "line",
        data: points.map(({ count }) => count),
        showSymbol: points.length < 3,
        symbol: "circle",
        lineStyle: { color: of("in"), width: 1.75 },
        itemStyle: { color: of("in") },
        areaStyle: { color: of("in"), opacity: scheme === "light" ? 0.08 : 0.15 },
        markPoint: {
          symbol: "circle",
          symbolSize: 6,
          itemStyle: { color: of("in") },
          label: {
            ...text,
            color: of("ink-2"),
            position: "top",
            formatter: ({ value }: { value: number }) => number(value),
          },
          data: [
            ...(most && most !== last
              ? [{ coord: [most.day, most.count], value: most.count }]
              : []),
            ...(last
              ? [
                  {
                    coord: [last.day, last.count],
                    value: last.count,
                    label: {
                      position: "right",
                      fontWeight: 600,
                      color: of("ink"),
                      backgroundColor: of("sheet"),
                      padding: [2, 4],
                    },
                  },
                ]
              : []),
          ],
        },
        markLine: {
          silent: true,
          symbol: "none",
          lineStyle: { color: of("ink-3"), type: "dotted" },
          label: {
            ...text,
            formatter: ({ name }: { name: string }) => name,
            position: "insideEndTop",
            rotate: 0,
          },
          data: said.map(({ day, text }) => ({ xAxis: day, name: text })),
        },
      },
      {
        name: names[1],
        type: "bar",
        xAxisIndex: 1,
        yAxisIndex: 1,
        stack: "moves",
        barWidth: barWidth(points, width - right),
        itemStyle: { color: of("in") },
        data: points.map(({ joined }) => joined || null),
      },
      {
        name: names[2],
        type: "bar",
        xAxisIndex: 1,
        yAxisIndex: 1,
        stack: "moves",
        itemStyle: { color: of("out") },
        data: points.map(({ left }) => (left ? -left : null)),
      },
    ],
  };
}

/** As wide as the days between two bars leave room for. */
function barWidth(points: readonly ChartPoint[], width: number): number {
  const bars = points.filter(({ joined, left }) => joined || left).length;
  return Math.max(2, Math.min(16, (width / Math.max(bars, 1)) * 0.6));
}

/** The text at a day; nothing in it comes from people, but it is only ever text anyway. */
function tip(point: ChartPoint | undefined, names: readonly [string, string, string]): HTMLElement {
  const box = document.createElement("div");
  if (!point) return box;
  const line = (words: string, strong = false) => {
    const row = document.createElement("div");
    row.textContent = words;
    if (strong) row.style.fontWeight = "600";
    box.append(row);
  };
  line(plainDay(point.day));
  line(`${names[0]} ${number(point.count)}`, true);
  if (point.joined) line(`${names[1]} ${signed(point.joined)}`);
  if (point.left) line(`${names[2]} ${signed(-point.left)}`);
  return box;
}
