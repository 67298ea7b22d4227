"""Run the whole product on one machine: simulators of Tribe and Yuki, and the local stack."""
