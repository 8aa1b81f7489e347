"""When what is done, and by which process.

Enters: jobs with their intervals or timetables, and clocks. Leaves: runs, each of them once, whatever
clocks and processes do. `clocks` and `timetable` reckon; `heart` tells the store that a process lives;
`scheduler` and `polling` start threads and read and write the store.
"""
