// What is wrong in a workflow, as a list that leads to each place.

import type { Complaint } from "../../api/client.ts";
import { counted } from "../../kit/words.ts";
import { textOf, type Fields } from "./model/json.ts";
import { ownerOf, valueAt } from "./model/place.ts";

interface Props {
  definition: Fields;
  complaints: readonly Complaint[];
  onGo: (complaint: Complaint) => void;
}

/** The list; nothing while nothing is wrong. */
export function Problems({ definition, complaints, onGo }: Props) {
  if (complaints.length === 0) return null;
  return (
    <section class="problems" data-testid="problems" aria-label="Problems">
      <h2>{counted(complaints.length, "problem")}</h2>
      <ul>
        {complaints.map((complaint) => (
          <li key={complaint.at + complaint.message}>
            <button
              type="button"
              class="button link problem-link"
              onClick={() => onGo(complaint)}
            >
              {placeWords(definition, complaint.at)}
            </button>{" "}
            {complaint.message}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A place as people know it: the step's id, then the field. */
export function placeWords(definition: Fields, at: string): string {
  const owner = ownerOf(at);
  if (owner === "about") return at || "Workflow";
  const id = textOf(valueAt(definition, `${owner}.id`));
  const rest = at.slice(owner.length).replace(/^\.(inputs\.)?/, "");
  const name = owner.startsWith("steps") ? id || owner : owner;
  return rest ? `${name} › ${rest}` : name;
}

/** Puts the focus on the field that a complaint is about, or on the nearest one around it. */
export function focusField(at: string) {
  for (
    let place = at;
    place;
    place = place.replace(/[.[][^.[]*$|^[^.[]*$/, "")
  ) {
    const field = document.getElementById(`at-${place}`);
    if (!field) continue;
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    field.scrollIntoView({ block: "center" });
    return;
  }
}
