using System.Text;
using Semel.Cli.Demo;

namespace Semel.Cli.Tests.Demo;

public sealed class LineLedgerTests
{
    static LineAccount Account(int sent, params int[] found)
    {
        var ledger = new LineLedger();
        for (var i = 0; i < sent; i++) ledger.Sent(Line(i));
        foreach (var number in found) ledger.Found(number, Line(number));
        return ledger.Account();
    }

    static byte[] Line(int number) => Encoding.UTF8.GetBytes($"line {number}");

    [Fact]
    public void Every_line_once_and_in_order_is_exact()
    {
        Assert.True(Account(3, 0, 1, 2).IsExact);
        Assert.True(Account(0).IsExact);
    }

    [Fact]
    public void A_line_without_record_is_lost()
    {
        Assert.Equal(new LineAccount(3, 2, Lost: 1, 0, 0, 0), Account(3, 0, 2));
        Assert.Equal(new LineAccount(2, 0, Lost: 2, 0, 0, 0), Account(2));
    }

    [Fact]
    public void Each_further_record_of_a_line_is_doubled_and_not_out_of_order() => Assert.Equal(new LineAccount(3, 6, 0, Doubled: 3, 0, 0), Account(3, 0, 1, 0, 1, 2, 0));

    [Fact]
    public void A_record_behind_one_of_a_later_line_is_out_of_order() => Assert.Equal(new LineAccount(4, 4, 0, 0, OutOfOrder: 2, 0), Account(4, 2, 0, 1, 3));

    [Fact]
    public void A_record_that_is_not_its_line_is_changed_and_its_line_lost()
    {
        var ledger = new LineLedger();
        ledger.Sent("a"u8);
        ledger.Found(0, "b"u8);
        ledger.Found(7, "a"u8);
        ledger.Found(-1, "a"u8);
        Assert.Equal(new LineAccount(1, 3, Lost: 1, 0, 0, Changed: 3), ledger.Account());
        Assert.False(ledger.Account().IsExact);
    }

    [Fact]
    public void A_line_stored_more_than_255_times_is_still_counted_as_doubled() => Assert.Equal(999, Account(1, new int[1000]).Doubled);

    [Fact]
    public void Generated_lines_are_the_same_for_the_same_seed_however_they_are_read()
    {
        static string Read(long seed, int atOnce)
        {
            using var lines = new GeneratedLines(200, seed);
            var text = new MemoryStream();
            lines.CopyTo(text, atOnce);
            return Encoding.UTF8.GetString(text.ToArray());
        }
        Assert.Equal(Read(1, 7), Read(1, 100_000));
        Assert.NotEqual(Read(1, 100), Read(2, 100));
        Assert.Equal(201, Read(1, 100).Split('\n').Length);
        Assert.StartsWith("order 1: ", Read(1, 100));
    }
}
