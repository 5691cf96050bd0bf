using System.Reflection;
using Semel.Peers;

namespace Semel.Architecture.Tests;

/// <summary>What users write against changes only on purpose: it is written down in docs/api, and a change of it is read there.</summary>
public class PublicSurfaceTests
{
    const string Accept = "SEMEL_ACCEPT_API";

    [Theory]
    [InlineData("Semel.Client")]
    [InlineData("Semel.Extensions.Hosting")]
    [InlineData("Semel.Faults")]
    [InlineData("Semel.Testing")]
    public void What_is_public_is_what_is_written_down(string assembly)
    {
        var file = Path.Combine(Repository.Root, "docs", "api", $"{assembly}.txt");
        var lines = PublicSurface.Of(Assembly.Load(assembly)).ToArray();
        if (Semel.Peers.Surroundings.Variable(Accept) == "1") File.WriteAllLines(file, lines);
        var written = File.ReadAllLines(file);
        var (removed, added) = (written.Except(lines), lines.Except(written));
        Assert.True(lines.SequenceEqual(written), $"the public surface of {assembly} is not what {Path.GetRelativePath(Repository.Root, file)} says; {Accept}=1 writes it anew, to be read as a change\n"
            + string.Join('\n', [.. removed.Select(line => $"- {line.Trim()}"), .. added.Select(line => $"+ {line.Trim()}")]));
    }

    /// <summary>A surface that one person can know.</summary>
    [Fact]
    public void The_client_has_fewer_than_250_public_types() => Assert.InRange(Assembly.Load("Semel.Client").GetExportedTypes().Length, 1, 249);

    [Fact]
    public void A_surface_tells_kinds_signatures_and_defaults()
    {
        var lines = PublicSurface.Of(typeof(PublicSurfaceTests).Assembly).ToList();
        var at = lines.IndexOf("sealed class Semel.Architecture.Tests.PublicSurfaceTests.Sample<T> : Semel.Architecture.Tests.PublicSurfaceTests.Parent, IDisposable");
        Assert.Equal(
        [
            "    T? Chosen { get; init; }",
            "    Void Dispose()",
            "    const Int32 Most = 3",
            "    event Action<String> Told",
            "    new(Int32 count = 5)",
            "    static Boolean TryTake<TItem>(in Int32 at, out List<TItem> item)",
        ], lines.Skip(at + 1).TakeWhile(line => line.StartsWith(' ')));
    }

    public abstract class Parent;

    public sealed class Sample<T>(int count = 5) : Parent, IDisposable where T : struct
    {
        public const int Most = 3;
        internal int Hidden => count;
        public T? Chosen { get; init; }
        public event Action<string>? Told;
        public static bool TryTake<TItem>(in int at, out List<TItem> item) => (item = []).Count > at;
        public void Dispose() => Told?.Invoke("");
        public override string ToString() => "not told: everybody has it";
    }
}
