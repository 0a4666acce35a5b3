select customer,
  {{ shapes.pivot('channel', shapes.get_column_values(ref('orders'), 'channel', order_by='min(id)', default=['web']), quote_identifiers=False, suffix=' sum', then_value='amount') }}
from {{ ref('orders') }} group by customer
