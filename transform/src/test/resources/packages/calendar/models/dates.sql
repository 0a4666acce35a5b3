{{ calendar.get_date_dimension('2024-02-27', '2024-03-02') }}
