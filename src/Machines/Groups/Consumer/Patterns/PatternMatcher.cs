using System.Runtime.InteropServices;

namespace Semel.Machines.Groups.Consumer.Patterns;

/// <summary>
/// Says of names whether a pattern matches the whole of them. A name is read once: what it takes grows with its length and with the size of the pattern and
/// never more. States that were met are remembered, so that for most patterns a character costs one look-up; of a pattern that has very many nothing more is
/// remembered. For a number of names one after the other; not thread safe.
/// </summary>
sealed class PatternMatcher
{
    /// <summary>How many states are remembered; some kilobyte each at most.</summary>
    const int MostStates = 1000;

    enum Before : byte
    {
        Start,
        Word,
        Newline,
        Other,
    }

    /// <summary>All places of the program that can have been reached, and what stands before.</summary>
    sealed class State(int[] places, Before before)
    {
        public int[] Places => places;
        public Before Before => before;
        public State?[] Next { get; } = new State?[128];
        public bool? IsMatch { get; set; }
    }

    const char End = '\uFFFF';

    readonly PatternProgram _program;
    readonly PatternStep[] _steps;
    readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);
    readonly int[] _seen;
    readonly int[] _added;
    readonly Stack<int> _open = new();
    readonly List<int> _places = [], _reached = [];
    readonly State _start;
    int _mark;

    public PatternMatcher(PatternProgram program)
    {
        _program = program;
        _steps = [.. program.Steps];
        _seen = new int[_steps.Length];
        _added = new int[_steps.Length];
        _places.Add(program.Start);
        _start = Remember(Before.Start)!;
    }

    /// <summary>How many steps of the program were looked at so far: a measure of the time taken, the same on every computer.</summary>
    public long StepCount { get; private set; }

    public bool Matches(string name)
    {
        var state = _start;
        for (var index = 0; index < name.Length; index++)
        {
            if (state.Places.Length == 0) return false;
            StepCount++;
            var character = name[index];
            var next = character < 128 ? state.Next[character] : null;
            if (next is null)
            {
                _places.Clear();
                _places.AddRange(state.Places);
                var before = Advance(state.Before, character);
                next = Remember(before);
                if (next is null) return MatchesRest(name.AsSpan(index + 1), before);
                if (character < 128) state.Next[character] = next;
            }
            state = next;
        }
        if (state.IsMatch is { } known) return known;
        _places.Clear();
        _places.AddRange(state.Places);
        state.IsMatch = IsMatch(state.Before);
        return state.IsMatch.Value;
    }

    bool MatchesRest(ReadOnlySpan<char> rest, Before before)
    {
        foreach (var character in rest)
        {
            if (_places.Count == 0) return false;
            before = Advance(before, character);
        }
        return IsMatch(before);
    }

    /// <summary>From all places to all that a character leads to.</summary>
    Before Advance(Before before, char character)
    {
        Close(before, character);
        _places.Clear();
        foreach (var place in _reached)
        {
            ref readonly var step = ref _steps[place];
            if (step.Kind != StepKind.Character || !step.Set.Contains(character) || _added[step.Next] == _mark) continue;
            _added[step.Next] = _mark;
            _places.Add(step.Next);
        }
        if (!_program.HasAssertions) return Before.Other;
        return character == '\n' ? Before.Newline : AsciiSet.Word.Contains(character) ? Before.Word : Before.Other;
    }

    bool IsMatch(Before before)
    {
        Close(before, End);
        foreach (var place in _reached)
            if (_steps[place].Kind == StepKind.Match) return true;
        return false;
    }

    /// <returns>Null when it is not known and no more are remembered.</returns>
    State? Remember(Before before)
    {
        _places.Sort();
        var key = string.Create(_places.Count * 2 + 1, (_places, before), static (span, from) =>
        {
            MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(from._places)).CopyTo(MemoryMarshal.AsBytes(span));
            span[^1] = (char)from.before;
        });
        if (_states.TryGetValue(key, out var known)) return known;
        if (_states.Count >= MostStates) return null;
        known = new State([.. _places], before);
        _states.Add(key, known);
        return known;
    }

    /// <summary>All steps that are reached from the places without reading a character, when <paramref name="next"/> is the one that stands there.</summary>
    void Close(Before before, char next)
    {
        _mark++;
        _reached.Clear();
        foreach (var place in _places) _open.Push(place);
        while (_open.TryPop(out var place))
        {
            if (_seen[place] == _mark) continue;
            _seen[place] = _mark;
            StepCount++;
            ref readonly var step = ref _steps[place];
            switch (step.Kind)
            {
                case StepKind.Fork:
                    _open.Push(step.Next);
                    _open.Push(step.Other);
                    break;
                case StepKind.Assertion:
                    if (Holds(step.Place, before, next)) _open.Push(step.Next);
                    break;
                default:
                    _reached.Add(place);
                    break;
            }
        }
    }

    static bool Holds(Place place, Before before, char next) => place switch
    {
        Place.TextBegin => before == Before.Start,
        Place.TextEnd => next == End,
        Place.LineBegin => before is Before.Start or Before.Newline,
        Place.LineEnd => next is End or '\n',
        Place.WordEdge => before == Before.Word != AsciiSet.Word.Contains(next),
        _ => before == Before.Word == AsciiSet.Word.Contains(next),
    };
}
