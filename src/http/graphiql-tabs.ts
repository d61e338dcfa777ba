/** The operations that GraphiQL opens with, for an analyst to start from. */
export const exampleTabs: readonly string[] = [
  `# The first 20 contacts with their e-mail addresses.
# Press the triangle, or Ctrl+Enter, to run it. The book on the left shows all that can be asked for.
# For the next page, put the endCursor into: contacts(first: 20, after: "…")
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
  `# Contacts by a part of their name, filtered and put in order.
# Change "sch" to what you look for; Ctrl+Space inside the brackets shows further filters and orderings.
query Search {
  contacts(
    first: 20
    search: "sch"
    filter: { country: { equals: "DE" } }
    orderBy: [{ field: FAMILY_NAME, direction: ASC }]
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
      }
    }
  }
}
`,
  `# Who changed what, and when: the newest entries of the audit log first.
# An entry tells of each field its old and its new value. What you may not read is null, with an error that says so.
query WhoChangedWhat {
  auditLog(first: 20) {
    edges {
      node {
        recordedAt
        action
        entity
        operation
        changes {
          field
          old
          new
        }
        actor {
          name
        }
      }
    }
  }
}
`,
  `# Contacts that may be one and the same, the likeliest first.
# Look at both before you merge them; a merge can be taken back.
query Duplicates {
  duplicates(first: 20) {
    edges {
      node {
        score
        reasons
        contacts {
          id
          displayName
          emails {
            address
          }
        }
      }
    }
  }
}
`,
]
