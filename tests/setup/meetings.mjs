// Meetings as a person plans them in the demo app.

/** A meeting in the list. */
export const meetingIn = (page, topic) =>
  page.getByTestId("meetings").getByText(topic, { exact: true });

/** Plans one. */
export async function createMeeting(page, topic, takesRegistrations = false) {
  await page.getByTestId("meeting-topic").fill(topic);
  await page.getByTestId("meeting-registration").setChecked(takesRegistrations);
  await page.getByTestId("create-meeting").click();
  await meetingIn(page, topic).waitFor();
}

/** Deletes one. */
export async function deleteMeeting(page, topic) {
  await page.getByRole("button", { name: `Delete ${topic}` }).click();
  await meetingIn(page, topic).waitFor({ state: "detached" });
}
