// A page of customers that Relay can refetch, with the open invoices of each: compiles only if the schema keeps to Relay's rules.
import { graphql } from 'relay-runtime';

export const page = graphql`
  fragment CustomerPage_list on Query @argumentDefinitions(first: { type: "Int", defaultValue: 25 }, after: { type: "String" }) @refetchable(queryName: "CustomerPageRefetchQuery") {
    customers(first: $first, after: $after) @connection(key: "CustomerPage_customers") {
      edges {
        node {
          id
          name
          health {
            overdueAmount {
              amount
              currency
            }
          }
        }
      }
    }
  }
`;

export const query = graphql`
  query CustomerPageQuery {
    ...CustomerPage_list
  }
`;
