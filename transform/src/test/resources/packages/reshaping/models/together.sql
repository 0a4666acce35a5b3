{{ shapes.union_relations([ref('orders'), ref('old_orders')], exclude=['paid', 'tip'], column_override={'amount': 'decimal(10, 2)'}, where='id > 2') }}
