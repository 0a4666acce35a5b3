-- depends_on: {{ ref('orders') }}, {{ ref('old_orders') }}
select '{{ shapes.get_relations_by_pattern(target.schema ~ '%', '%orders') | map(attribute='identifier') | join(' ') }}' as tables,
  {{ shapes.get_single_value('select max(id) from ' ~ ref('orders'), 0) }} as newest
