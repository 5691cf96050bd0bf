using System.Reflection;

namespace CompatTests;

/// <summary>
/// Ordinary programs, each one source file compiled twice: with Confluent.Kafka, and with Semel.Compat.Confluent by another using. Both see the same, and what that is
/// stands here.
/// </summary>
public sealed class OrdinaryProgramsTests(BrokerForBoth both) : IClassFixture<BrokerForBoth>
{
    public static readonly Dictionary<string, string[]> Programs = new()
    {
        ["ProduceWithHandler"] = [],
    };

    public static TheoryData<string> Names => [.. Programs.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_program_sees_the_same_with_either_client(string program)
    {
        Assert.Equal(Programs[program], Run("WithConfluent", program, both.Broker.BootstrapServers));
        Assert.Equal(Programs[program], Run("WithSemel", program, both.Broker.BootstrapServers));
    }

    /// <summary>No program stands in the folder and is not run.</summary>
    [Fact]
    public void Every_program_is_run() => Assert.Equal(Programs.Keys.Order(), Of("WithSemel").GetTypes().Where(type => type.GetMethod("Run", BindingFlags.Public | BindingFlags.Static) is not null).Select(type => type.Name).Order());

    static Assembly Of(string client) => Assembly.Load($"ConfluentPrograms.{client}");

    public static List<string> Run(string client, string program, string servers)
    {
        var run = Of(client).GetType($"ConfluentPrograms.{program}")!.GetMethod("Run")!;
        var name = $"{program}-{client}".ToLowerInvariant();
        try { return [.. (IEnumerable<string>)run.Invoke(null, [servers, name])!]; }
        catch (TargetInvocationException failure) { throw new InvalidOperationException($"{program} {client}: {failure.InnerException!.Message}", failure.InnerException); }
    }
}
