/** The operations that GraphiQL opens with, for an analyst to start from. Each says which rights it takes, and who grants them. */
export const exampleTabs: readonly string[] = [
  `# The first 20 contacts, with their e-mail.
#
# Press the triangle, or Ctrl+Enter.
# The book on the left shows all there is, and by
# which right. What it cost is told after the answer.
#
# For the next page, give the endCursor:
#   contacts(first: 20, after: "…")
#
# Takes the right contacts.contact: administrators
# grant it.

query Contacts {
  contacts(first: 20) {
    totalCount
    edges {
      node {
        id
        displayName
        organisation
        emails {
          address
          primary
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`,
  `# Contacts by a part of their name, with a filter,
# and in the order that you want.
#
# Change "sch" to what you look for. Ctrl+Space
# inside the brackets shows what else there is.
#
# Takes the right contacts.contact: administrators
# grant it.

query Search {
  contacts(
    first: 20
    search: "sch"
    filter: {
      addresses: { country: { equals: "DE" } }
    }
    orderBy: [
      { familyName: ASC }
      { givenName: ASC }
    ]
  ) {
    totalCount
    edges {
      node {
        id
        displayName
        organisation
        emails {
          address
          primary
        }
        addresses {
          city
          country
        }
      }
    }
  }
}
`,
  `# Who changed what, and when: the newest first.
#
# For data-protection officers: takes the right
# audit.log, which administrators grant.
#
# Each entry tells of every field that changed its
# old and its new value. What you may not read is
# left out.

query WhoChangedWhat {
  auditLog(first: 20) {
    edges {
      node {
        recordedAt
        actor {
          kind
          name
        }
        action
        operation
        entity
        contact {
          displayName
        }
        changes {
          field
          old
          new
        }
      }
    }
  }
}
`,
  `# How many contacts there were, and how many were
# new, by year: numbers that tell of nobody.
#
# Press the triangle, or Ctrl+Enter.
# They are of months that are over, off by noise
# ("margin"), and null where they are small.
# By QUARTER or MONTH, too.
#
# Takes the right statistics.statistics.

query NumbersByYear {
  statistics(
    subject: CONTACTS
    by: [YEAR]
    from: "2025-01-01"
    until: "2034-12-31"
  ) {
    releasedUntil
    cells {
      period
      event
      count
      margin
    }
  }
}
`,
  `# What was said of consent, by quarter, purpose and
# channel.
#
# For one purpose: purpose: "newsletter". Who has a
# ground at the end of a period: subject: GROUNDS.
# What persons ask for: REQUESTS, by KIND. How many
# there are: CONTACTS, by LANGUAGE.
#
# Takes the right statistics.statistics.

query ConsentsByQuarter {
  statistics(
    subject: CONSENTS
    by: [QUARTER, PURPOSE, CHANNEL]
    from: "2025-01-01"
    until: "2034-12-31"
  ) {
    suppressed
    cells {
      period
      purpose
      channel
      event
      count
      margin
    }
  }
}
`,
  `# Whom you may process, for what, and why.
#
# Only those of one purpose, by its key:
#   contacts(first: 20, lawfulFor: "newsletter")
#
# Takes the rights contacts.contact and
# lawfulness.basis: administrators grant them.

query LawfulFor {
  purposes {
    key
    name
  }
  contacts(first: 20) {
    totalCount
    edges {
      node {
        id
        displayName
        lawfulness {
          bases {
            purpose
            ground
            validUntil
            event {
              kind
              occurredAt
              source
            }
          }
        }
      }
    }
  }
}
`,
  `# Contacts that may be the same person, the
# likeliest first.
#
# Look at both before you merge them. A merge
# can be taken back.
#
# Takes the right contacts.duplicates:
# administrators grant it.

query Duplicates {
  findDuplicates(first: 20) {
    score
    reasons
    first {
      id
      displayName
      emails {
        address
      }
    }
    second {
      id
      displayName
      emails {
        address
      }
    }
  }
}
`,
]

/** The same for those who see no contacts: numbers first, which they may ask for. */
export const exampleTabsWithoutContacts: readonly string[] = [
  ...exampleTabs.filter((tab) => tab.includes('statistics(')),
  ...exampleTabs.filter((tab) => !tab.includes('statistics(')),
]
