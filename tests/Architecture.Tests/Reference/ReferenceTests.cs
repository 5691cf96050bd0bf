using System.Reflection;
using Semel.Peers;

namespace Semel.Architecture.Tests.Reference;

/// <summary>What the sources say of what users write against is published, and is what they say now.</summary>
public class ReferenceTests
{
    const string Accept = "SEMEL_ACCEPT_API";

    [Theory]
    [InlineData("Semel.Client")]
    [InlineData("Semel.Extensions.Hosting")]
    [InlineData("Semel.Faults")]
    [InlineData("Semel.Testing")]
    public void The_reference_is_what_the_sources_say(string assembly)
    {
        var file = Path.Combine(Repository.Root, "docs", "reference", $"{assembly}.md");
        var lines = new ReferenceText(Assembly.Load(assembly), new Documentation(Path.Combine(AppContext.BaseDirectory, $"{assembly}.xml"))).Lines().ToArray();
        if (Surroundings.Variable(Accept) == "1") File.WriteAllLines(file, lines);
        Assert.True(lines.SequenceEqual(File.ReadAllLines(file)),
            $"{Path.GetRelativePath(Repository.Root, file)} is not what the sources say; {Accept}=1 writes it anew");
    }

    /// <summary>Members of <see cref="Sample{T}"/> as documentation of their own.</summary>
    [Fact]
    public void A_type_stands_there_with_what_is_said_of_its_members()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("semel-reference-").FullName, "sample.xml");
        var name = typeof(Sample<>).FullName!.Replace('+', '.');
        File.WriteAllText(file, $"""
            <doc><members>
              <member name="T:{name}"><summary>A <see cref="T:System.String"/> of two | parts.</summary><param name="Count">How many.</param></member>
              <member name="M:{name}.Take``1(System.Collections.Generic.IReadOnlyList{"{``0}"},System.Int32@)"><summary>Takes.</summary><param name="from">Where.</param><returns>One.</returns>
                <exception cref="T:System.InvalidOperationException">There is none.</exception></member>
              <member name="M:{name}.TakeAgain"><inheritdoc cref="M:{name}.Take``1(System.Collections.Generic.IReadOnlyList{"{``0}"},System.Int32@)"/></member>
            </members></doc>
            """);
        try
        {
            var lines = new ReferenceText(typeof(ReferenceTests).Assembly, new Documentation(file)).Lines().ToList();
            var at = lines.IndexOf("### ReferenceTests.Sample<T>");
            Assert.Equal(
            [
                "A `String` of two \\| parts.",
                "",
                "| | |",
                "|---|---|",
                "| `TItem Take<TItem>(IReadOnlyList<TItem> from, out int left)` | Takes.<br>`from`: Where.<br>Returns: One.<br>Throws `InvalidOperationException`: There is none. |",
                "| `int Count` | How many. |",
                "| `void TakeAgain()` | Takes.<br>Returns: One.<br>Throws `InvalidOperationException`: There is none. |",
            ], lines.Skip(at + 2).TakeWhile(line => !line.StartsWith('#')).Take(7));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    public sealed record Sample<T>(int Count)
    {
        public TItem Take<TItem>(IReadOnlyList<TItem> from, out int left) => from[left = Count];
        public void TakeAgain() { }
    }
}
