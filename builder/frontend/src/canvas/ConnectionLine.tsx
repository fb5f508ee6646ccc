import type { ConnectionLineComponentProps } from "@xyflow/react";
import { pathOf, route } from "./route";

/** The line that follows the pointer from a way out; red over a step it cannot lead to. */
export function ConnectionLine({ fromX, fromY, toX, toY, toNode, fromHandle, connectionStatus }: ConnectionLineComponentProps) {
  const single = fromHandle?.height !== undefined && fromHandle.y + fromHandle.height < 88;
  const end = connectionStatus === "valid" && toNode ? { x: toNode.internals.positionAbsolute.x + 120, y: toNode.internals.positionAbsolute.y } : { x: toX, y: toY };
  return <path className={`connection-line is-${connectionStatus ?? "open"}`} d={pathOf(route({ x: fromX, y: single ? fromY - 12 : fromY }, end))} />;
}
