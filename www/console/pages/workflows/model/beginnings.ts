// What a new workflow can begin with.

import type { Fields } from "./json.ts";

/** A beginning. */
interface Beginning {
  id: string;
  title: string;
  about: string;
  definition: Fields;
}

/** Those that are offered; the first has nothing in it. */
export const BEGINNINGS: readonly Beginning[] = [
  {
    id: "blank",
    title: "From nothing",
    about: "A trigger, and no steps yet.",
    definition: {
      name: "",
      trigger: { type: "zoom.new_meeting" },
      steps: [],
    },
  },
  {
    id: "assistant",
    title: "Register our assistant for new meetings",
    about:
      "When a meeting is created, register our assistant, then tell our backend.",
    definition: {
      name: "Assistant",
      description: "Our assistant joins your meetings.",
      trigger: { type: "zoom.new_meeting" },
      settings: [
        {
          id: "assistant_email",
          label: "The assistant's address",
          type: "email",
          required: true,
          help: "It is registered like any other guest.",
        },
      ],
      steps: [
        {
          id: "register",
          type: "zoom.add_meeting_registrant",
          inputs: {
            meeting_id: "{{trigger.object.id}}",
            email: "{{settings.assistant_email}}",
            first_name: "Assistant",
          },
          retry: true,
        },
        {
          id: "tell",
          type: "request",
          inputs: {
            method: "POST",
            url: "https://backend.example.com/zoom/meetings",
            body: {
              user: "{{user.id}}",
              topic: '{{trigger.object.topic ?? "no topic"}}',
              registrant: "{{register.output.registrant_id}}",
            },
          },
          retry: true,
        },
      ],
    },
  },
  {
    id: "follow-up",
    title: "Plan a meeting about each task",
    about:
      "When your product says that a task was created, create a Zoom meeting about it.",
    definition: {
      name: "Follow-up",
      description: "Plans a meeting about each task that is created.",
      trigger: { type: "event", name: "Task Created" },
      steps: [
        {
          id: "plan",
          type: "zoom.create_meeting",
          inputs: {
            topic: "Follow-up: {{trigger.task}}",
            start_time: "{{trigger.start_time}}",
            duration: 30,
          },
        },
      ],
    },
  },
  {
    id: "digest",
    title: "Tell our backend each morning what is ahead",
    about:
      "Every weekday at nine, list the upcoming meetings and tell our backend of each.",
    definition: {
      name: "Morning digest",
      description: "Each morning we look at the meetings ahead of you.",
      trigger: { type: "schedule", cron: "0 9 * * 1-5", timezone: "UTC" },
      steps: [
        {
          id: "ahead",
          type: "zoom.get_meetings",
          inputs: { type: "upcoming" },
          retry: true,
        },
        {
          id: "each",
          type: "fan_out",
          over: "{{ahead.output.meetings}}",
          steps: [
            {
              id: "tell",
              type: "request",
              inputs: {
                method: "POST",
                url: "https://backend.example.com/zoom/ahead",
                body: {
                  user: "{{user.id}}",
                  meeting: "{{each.instance.id}}",
                  topic: '{{each.instance.topic ?? "no topic"}}',
                },
              },
              retry: true,
            },
          ],
        },
      ],
    },
  },
];
