/// What happens to releases on a machine, this one or another: one script for the shell that every machine has, so that
/// the targets `directory` and `ssh` cannot differ.
///
/// The layout beneath the deployment's path:
///
///     current -> releases/NAME        the release in use; replaced by rename(2), never absent in between
///     releases/NAME                   complete releases, side by side
///     releases/.NAME.partial          a release that is being written or removed
///     .deployment                     the deployment under way: its token, its release, where `current` led before
///     .deployment.lock                held by flock(1), where there is one, during each step
///
/// Every step can be killed at any point. `.deployment` is written before anything else is and removed when the release
/// has proven itself; `begin` undoes a deployment that left one. A deployment that finds another's token in it has been
/// overtaken and touches nothing any more.
///
/// The text has no apostrophe and no exclamation mark, so that any login shell takes it as one quoted word.
enum ReleaseScript {
  /// The script; its arguments are those of ``ReleaseStep``.
  static let text = #"""
    set -eu
    umask 022
    step=$1 p=$2 release=$3 token=$4 keep=$5 restart=$6 check=$7 attempts=$8 interval=$9
    shift 9
    seconds=$1
    journal=$p/.deployment
    nl="
    "

    fail() { echo "$*" >&2; exit 1; }

    lock() {
      if command -v flock >/dev/null 2>&1; then
        exec 9>>"$p/.deployment.lock"
        waited=0
        until flock -n 9; do
          status=$?
          [ "$status" -eq 1 ] || fail "flock ended with $status"
          [ "$waited" -lt 600 ] || fail "another deployment has held $p/.deployment.lock for ten minutes"
          waited=$((waited + 1))
          sleep 1
        done
      fi
    }

    link() { if [ -L "$p/current" ]; then readlink "$p/current"; fi; }

    point() {
      rm -f "$p/.current.new"
      ln -s -- "$1" "$p/.current.new"
      mv -fT "$p/.current.new" "$p/current"
    }

    discard() {
      rm -rf "$p/releases/.$1.partial"
      if [ -d "$p/releases/$1" ]; then
        mv -fT "$p/releases/$1" "$p/releases/.$1.partial"
        rm -rf "$p/releases/.$1.partial"
      fi
    }

    read_journal() {
      its_token= its_release= its_previous=
      if [ -f "$journal" ]; then
        { IFS= read -r its_token; IFS= read -r its_release; IFS= read -r its_previous; } <"$journal" || :
        case $its_release in
          [0-9]*) case $its_release in */*) its_release=;; esac ;;
          *) its_release= ;;
        esac
      fi
    }

    owned() {
      read_journal
      [ "$its_token" = "$token" ] || fail "a later deployment to $p has begun; this one changes nothing any more"
    }

    run() {
      exec 9>&-
      cd -P "$p/current" || return 1
      name=$(link)
      name=${name##*/}
      if [ "$2" -gt 0 ] && command -v timeout >/dev/null 2>&1; then
        RELEASE=$name DEPLOY_PATH=$p timeout -k 5 "$2" sh -c "$1" </dev/null
      else
        RELEASE=$name DEPLOY_PATH=$p sh -c "$1" </dev/null
      fi
    }

    undo() {
      went_back=
      if [ -n "$its_release" ]; then
        if [ "$(link)" = "releases/$its_release" ]; then
          if [ -z "$its_previous" ]; then
            rm -f "$p/current"
          elif [ -e "$p/$its_previous" ] || { case $its_previous in /*) [ -e "$its_previous" ];; *) false;; esac; }; then
            point "$its_previous"
            went_back=1
          else
            rm -f "$journal"
            fail "the release before, $its_previous, is gone; $p/current stays at $its_release"
          fi
        fi
        discard "$its_release"
      fi
    }

    begin() {
      mkdir -p "$p/releases"
      lock
      if [ -e "$p/current" ] && [ "$(link)" = "" ]; then
        fail "$p/current is no symbolic link; move it away, so that a link can stand there"
      fi
      read_journal
      if [ -n "$its_token" ]; then
        echo "an earlier deployment was interrupted; its release $its_release is undone"
        undo
        if [ -n "$went_back" ] && [ -n "$restart" ]; then
          (run "$restart" 0) || echo "the restart command failed after that"
        fi
      fi
      rm -f "$journal" "$journal.new" "$p/.current.new"
      for left in "$p"/releases/.[0-9]*.partial; do rm -rf "$left"; done
      previous=$(link)
      case $previous in
        *"$nl"*) fail "$p/current leads to a name with a line break; correct the link" ;;
      esac
      [ -e "$p/current" ] || previous=
      printf "%s\n%s\n%s\n" "$token" "$release" "$previous" >"$journal.new"
      sync "$journal.new" 2>/dev/null || :
      mv -fT "$journal.new" "$journal"
      mkdir "$p/releases/.$release.partial"
    }

    seal() {
      sync -f "$p/releases/.$release.partial" 2>/dev/null || sync
      mv -fT "$p/releases/.$release.partial" "$p/releases/$release"
    }

    case $step in
      begin)
        begin
        ;;
      seal)
        lock
        owned
        seal
        ;;
      receive)
        begin
        tar -xpf - -C "$p/releases/.$release.partial"
        owned
        seal
        ;;
      switch)
        lock
        owned
        point "releases/$release"
        if [ -n "$restart" ]; then
          (run "$restart" 0) || fail "the restart command ended with $?"
        fi
        if [ -n "$check" ]; then
          attempt=1
          until (run "$check" "$seconds"); do
            status=$?
            [ "$attempt" -lt "$attempts" ] || fail "the health check ended with $status, attempt $attempt of $attempts"
            attempt=$((attempt + 1))
            sleep "$interval"
            owned
          done
        fi
        ;;
      undo)
        lock
        [ -f "$journal" ] || exit 0
        owned
        undo
        rm -f "$journal"
        if [ -n "$went_back" ]; then
          echo "back at $its_previous"
          if [ -n "$restart" ]; then
            (run "$restart" 0) || fail "current is $its_previous again, but the restart command ended with $?"
          fi
        fi
        ;;
      finish)
        lock
        owned
        rm -f "$journal"
        set -- "$p"/releases/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9]-*
        count=$#
        for old in "$@"; do
          [ "$count" -gt "$keep" ] || break
          name=${old##*/}
          if [ -d "$old" ] && [ "releases/$name" = "$(link)" ]; then continue; fi
          discard "$name"
          count=$((count - 1))
        done
        ;;
    esac
    """#
}
