using Semel.Peers;

namespace Semel.Compat.Tests;

public class SurroundingsTests
{
    [Fact]
    public void Settings_of_somebodys_own_broker_are_not_the_tests() =>
        Assert.Equal(["SEMEL_BOOTSTRAP_SERVERS", "SEMEL_LOG_DIRS", "SEMEL_CRASH_POINT", "SEMEL_BUILD"],
            Surroundings.Foreign(["PATH", "SEMEL_BOOTSTRAP_SERVERS", "SEMEL_PEERS", "SEMEL_LOG_DIRS", "SEMEL_REQUIRE_PEERS", "SEMEL_CRASH_POINT", "SEMEL_SIMULATION_SEED", "SEMEL_BUILD"]));

    [Fact]
    public void A_process_that_a_test_starts_does_not_see_them()
    {
        Environment.SetEnvironmentVariable("SEMEL_NUM_PARTITIONS", "7");
        Surroundings.Clean();
        Assert.DoesNotContain("SEMEL_NUM_PARTITIONS", Ran.Program("env", [], TimeSpan.FromMinutes(1)).Output);
    }
}
