using Semel.Peers;

namespace Semel.Compat.Tests;

public class SurroundingsTests
{
    /// <summary>SEMEL_NUM_PARTITIONS=7 would give each topic seven partitions, SEMEL_BOOTSTRAP_SERVERS send each command elsewhere.</summary>
    [Fact]
    public void Settings_of_somebodys_own_broker_do_not_reach_what_a_test_starts()
    {
        Environment.SetEnvironmentVariable("SEMEL_NUM_PARTITIONS", "7");
        Environment.SetEnvironmentVariable("SEMEL_BOOTSTRAP_SERVERS", "elsewhere:9092");
        Surroundings.Take();
        Assert.DoesNotContain("SEMEL_", Ran.Program("env", [], TimeSpan.FromMinutes(1)).Output);
        Assert.Equal("elsewhere:9092", Surroundings.Variable("SEMEL_BOOTSTRAP_SERVERS"));
    }
}
