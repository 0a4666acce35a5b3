select id, name, mail, amount, kind from {{ ref('people') }}
