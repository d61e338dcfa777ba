/** The operations that GraphiQL opens with, for an analyst to start from. */
export const exampleTabs: readonly string[] = [
  `# The first 20 contacts, with their e-mail.
#
# Press the triangle, or Ctrl+Enter.
# The book on the left shows all there is.
#
# For the next page, give the endCursor:
#   contacts(first: 20, after: "…")

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
# For administrators and data-protection
# officers: it needs the right audit.log.
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
  `# Whom you may process for a purpose, and why.
#
# Change "newsletter" to the key of a purpose;
# "purposes" lists all there are.

query LawfulFor {
  purposes {
    key
    name
  }
  contacts(first: 20, lawfulFor: "newsletter") {
    totalCount
    edges {
      node {
        id
        displayName
        mayProcess(purpose: "newsletter") {
          allowed
          reasons {
            text
            events {
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
  `# Contacts that may be one and the same person,
# the likeliest first.
#
# Look at both before you merge them. A merge can
# be taken back.

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
