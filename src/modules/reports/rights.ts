/** The rights of the module. What a report shows takes the rights of what it shows besides, those of whoever reads it. */
export const reportRights = {
  'reports.reports':
    'Reports: running those that are ready-made, shared with you or your own; saving and changing your own.',
  'reports.shared': 'Sharing saved reports with roles, and taking back or removing what others shared.',
  'reports.files': 'Reports as files: having them made, and fetching them.',
  'reports.schedules': 'Reports by mail: when, which, and to whom.',
  'reports.personal_attachments': 'Allowing that reports on persons are mailed as encrypted attachments, and to whom.',
  'reports.reactions':
    'Reacting from a report to all of its contacts at once. What is done with them takes the rights of doing that besides.',
} as const

/** The right that everything here begins with. */
export const reportsRight = 'reports.reports'
