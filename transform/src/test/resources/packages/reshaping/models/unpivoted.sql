{{ shapes.unpivot(ref('orders'), exclude=['id'], remove=['customer', 'channel'], field_name='field') }}
