"""What CloudWatch does on AWS and the emulator leaves out, so that dashboard and alarms are alive locally.

It makes metrics of the lines that functions log in the embedded metric format, and of the depths of queues, and it
evaluates alarms: per dimension, per period, and with missing data. What it finds, it tells the emulator's CloudWatch,
which keeps metrics and states and sends the mails.
"""
