import type { FlowNode, Json, Settings } from "../model/types";
import { commands, useEditor } from "../store";
import { Form, Row } from "./form";
import { fieldOf } from "./schema";
import { JsonInput } from "./widgets/plain";

/** A kind that this version does not know: everything is kept, and can be read and changed as JSON. */
export function JsonNodeForm({ node }: { node: FlowNode }) {
  const readOnly = useEditor((state) => state.readOnly);
  const set = (_: string, value: Json | undefined) => {
    if (value && typeof value === "object" && !Array.isArray(value)) commands.updateSettings(node.id, () => value as Settings, `${node.id}:json`);
  };
  return (
    <Form.Provider value={{ node: node.id, problems: [], readOnly, settings: node.settings, set }}>
      <Row label="Settings" path="" help={`This version of Trellis does not know the step “${node.kind}”. It is kept as it is.`}>
        {(ids) => <JsonInput field={fieldOf("settings", {}, {})} value={node.settings} path="" onChange={(value) => set("", value)} {...ids} />}
      </Row>
    </Form.Provider>
  );
}
