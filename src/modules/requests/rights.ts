/** The rights of the module. */
export const requestRights = {
  'requests.requests':
    'Requests of persons (Art. 15 to 22 GDPR): which, by when, how far; taking them down, assigning them, noting who proved who they are.',
  'requests.decide': 'Deciding over requests: extending, fulfilling and denying them, and lifting restrictions.',
  'requests.correspondence': 'What was written to persons about their requests, and by them; writing to them.',
  'requests.receive':
    'Bringing the request of somebody, known here or not. Tells nothing about them, so that partners can have it.',
} as const
