{{ shapes.deduplicate(relation=ref('old_orders'), partition_by='id', order_by='amount desc') }}
